"""The widget's pages: the script for shops, the page in its frame, the managers' pages, the demo's shop."""
