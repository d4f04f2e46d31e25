"""What firms fill in: answers of a section, scenario instances, files, measures."""
