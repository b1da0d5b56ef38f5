"""The analyst's dashboard: Streamlit pages over what is published."""
