"""The policy half: documents checked before they are deployed. What is public here is public in `cmkit`, imported on use."""
