"""What a sitting is made of: where its applicant stands, its pages, its answers, its clock."""
