"""What leaves the house: dossiers and the history in the formats of others. All of it begins with the sealed records, read as they stand."""
