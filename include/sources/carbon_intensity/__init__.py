"""The Carbon Intensity API of Great Britain, https://carbonintensity.org.uk."""
