"""The people, criteria and designs that studies and recalibrations stand on."""
