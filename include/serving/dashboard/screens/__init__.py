"""The screens of the dashboard. Streamlit would take a folder named pages for scripts, and run them by themselves."""
