"""The columns of a city's list of determinations, as a kind of import would ask for them."""

from registry.workbook.shapes import Field, Kind

ASPECTS = {
    "product": "产品设计",
    "production": "生产作业",
    "supply": "供应链管理",
    "operation": "运营管理",
}
FIELDS = (
    Field("firm", "企业名称", Kind.NAME, required=True, max_length=120),
    Field("code", "统一社会信用代码", Kind.CODE, required=True),
    Field("factory", "工厂名称", Kind.NAME, required=True, max_length=120),
    Field("county", "所属县（市、区）", Kind.COUNTY, required=True),
    Field("industry", "所属行业", Kind.INDUSTRY, required=True),
    Field("level", "能力成熟度自评等级", Kind.LEVEL, required=True),
    Field("assessed", "自评时间", Kind.DATE, required=True),
    Field("aspects", "覆盖环节", Kind.CHOICES, choices=ASPECTS, required=True),
    Field("decided", "认定日期", Kind.DATE, required=True),
    Field("contact", "联系人", Kind.TEXT, max_length=40),
    Field("phone", "联系电话", Kind.PHONE),
    Field("remark", "备注", Kind.TEXT, max_length=200),
)
