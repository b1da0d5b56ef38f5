# One image for every Airflow service of docker-compose.yaml: this repository and its locked environment. The target
# `forecasts` has the pretrained models beside it.

FROM python:3.11.15-slim-bookworm AS environment
WORKDIR /opt/gridloom
COPY requirements.txt ./
# The lock is complete, so nothing is resolved. pip compiles bytecode here, where it can still be written.
RUN python -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --no-deps --require-hashes --requirement requirements.txt
COPY . .
RUN .venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation --editable . \
    && .venv/bin/python -m compileall -q include dags plugins

# torch and the pretrained forecast models, apart from Airflow's environment.
FROM python:3.11.15-slim-bookworm AS pretrained
WORKDIR /opt/gridloom
COPY requirements-forecasts.txt ./
RUN python -m venv .venv-forecasts \
    && .venv-forecasts/bin/pip install --no-cache-dir --no-deps --require-hashes --requirement requirements-forecasts.txt

FROM python:3.11.15-slim-bookworm AS airflow
RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin gridloom \
    && install --directory --owner gridloom --group gridloom --mode 0700 /var/lib/gridloom /var/log/airflow
# Owned by root: a task cannot change the code it runs.
COPY --from=environment /opt/gridloom /opt/gridloom
WORKDIR /opt/gridloom
ENV PATH=/opt/gridloom/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    GRIDLOOM_HOME=/var/lib/gridloom \
    GX_ANALYTICS_ENABLED=false \
    DBT_SEND_ANONYMOUS_USAGE_STATS=false \
    DO_NOT_TRACK=1 \
    AIRFLOW_HOME=/tmp/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/gridloom/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/gridloom/plugins \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION=False \
    AIRFLOW__CORE__HOSTNAME_CALLABLE=socket.gethostname \
    AIRFLOW__LOGGING__BASE_LOG_FOLDER=/var/log/airflow \
    AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY=/var/log/airflow/dag_processor \
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False
USER gridloom
CMD ["airflow", "version"]

FROM airflow AS forecasts
COPY --from=pretrained /opt/gridloom/.venv-forecasts /opt/gridloom/.venv-forecasts

FROM airflow
