-- The login of the dashboard's SQL box: it reads what analysts read, and has limits of its own (include/warehouse.py).
-- The guard of the box, include/serving/explorer, is what keeps statements from the sessions of other analysts.

grant gridloom_analyst to gridloom_explorer;
