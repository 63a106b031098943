# The image that Airbyte runs. `make image` builds it; `docker build .` does too, but knows no version.
#
# The base is that of metadata.yaml. Any with Python 3.10 to 3.13, its venv module and a user `airbyte` will do.
ARG BASE_IMAGE=docker.io/airbyte/python-connector-base:4.1.1@sha256:a268b44c733ae699a60f5fbc06a324945dba98945c6e2ab7f8609f2f895b0d28

FROM ${BASE_IMAGE} AS builder
# A package index other than PyPI. Only this stage knows it, and of this stage only the connector's folder is kept.
ARG PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_TRUSTED_HOST PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
ARG POETRY_VERSION=2.5.1 POETRY_EXPORT_VERSION=1.10.1
WORKDIR /build

RUN python -m venv tools \
    && tools/bin/pip install -q poetry==${POETRY_VERSION} poetry-plugin-export==${POETRY_EXPORT_VERSION} \
    && python -m venv --without-pip /opt/source-gleap

# What poetry.lock names for running the connector, by its hashes, and nothing for testing it.
COPY pyproject.toml poetry.lock ./
RUN tools/bin/poetry export -q --only main -o requirements.txt \
    && tools/bin/pip --python /opt/source-gleap/bin/python install -q \
        --no-compile --no-deps --require-hashes -r requirements.txt

# The dependencies' own tests are a sixth of their size. The byte code is to be taken as it is: the connector's user
# could not write it again, whatever became of the files' dates.
COPY . ./
RUN tools/bin/poetry build -q -f wheel \
    && tools/bin/pip --python /opt/source-gleap/bin/python install -q --no-compile --no-deps --no-index dist/*.whl \
    && find /opt/source-gleap -type d -name tests -prune -exec rm -r {} + \
    && python -m compileall -q -f -j 0 --invalidation-mode unchecked-hash /opt/source-gleap/lib

FROM ${BASE_IMAGE}
ARG VERSION=unknown
LABEL io.airbyte.name="airbyte/source-gleap" io.airbyte.version="${VERSION}"
# Airbyte runs what this variable names; Docker runs the entry point.
ENV AIRBYTE_ENTRYPOINT="/opt/source-gleap/bin/source-gleap"
ENTRYPOINT ["/opt/source-gleap/bin/source-gleap"]
USER airbyte
COPY --from=builder /opt/source-gleap /opt/source-gleap
