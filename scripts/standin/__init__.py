"""What splunkd does around an external search command, for trying one without Splunk."""
