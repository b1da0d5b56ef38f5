"""The Carbon Intensity API of Great Britain: intensity, mix and regions, with forecasts that sharpen."""

PATH = "/carbon-intensity"
