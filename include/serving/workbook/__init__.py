"""What the grid is doing now as a workbook: described once, written as XLSX and to Google Sheets."""
