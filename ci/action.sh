#!/usr/bin/env bash
# Runs `wxcheck check` for the GitHub Action (action.yml): inputs come as INPUT_…, so that nothing a workflow is given is ever
# read as a part of this script. Reports go to INPUT_REPORTS, outputs to GITHUB_OUTPUT.
set -euo pipefail

# An input that was not given leaves what the job has: a variable of the step would hide it.
for name in URL TOKEN APPID SECRET AES_KEY MODE FORMAT ACCOUNT API_LISTEN FAIL_ON BASELINE LANG; do
  input=INPUT_$name
  [ -z "${!input:-}" ] || export "WXCHECK_$name=${!input}"
done

reports=${INPUT_REPORTS:-wxcheck-reports}
mkdir -p "$reports"
arguments=(check --report-json "$reports/report.json" --report-junit "$reports/junit.xml" --report-markdown "$reports/report.md")
[ -z "${INPUT_START:-}" ] || arguments+=(--start "$INPUT_START")
[ -z "${INPUT_WAIT:-}" ] || arguments+=(--wait "$INPUT_WAIT")
# Further options, one word a line.
while IFS= read -r word; do
  [ -z "$word" ] || arguments+=("$word")
done <<<"${INPUT_ARGS:-}"

code=0
wxcheck "${arguments[@]}" || code=$?

if [ -n "${GITHUB_OUTPUT:-}" ]; then
  {
    echo "exit-code=$code"
    echo "report=$reports/report.json"
    echo "junit=$reports/junit.xml"
    echo "markdown=$reports/report.md"
  } >>"$GITHUB_OUTPUT"
fi
exit "$code"
