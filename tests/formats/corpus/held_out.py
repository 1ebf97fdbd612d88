# ruff: noqa: E501
"""The runs that were recorded after the parsers were written: other projects with other versions of known tools, and tools
that no parser was written for. The first reading of them is in ``docs/ci-logs-benchmark.md``.
"""

from __future__ import annotations

from attrs import evolve
from cases import Case

_C, _D = "$T/py/c/bin/", "$T/py/d/bin/"
_JSON = "-p no:cacheprovider --json-report --json-report-file=$OUT"
_GO = "$T/py/go-1.25.5/bin/go"
_GPP = "$T/deb/usr/bin/x86_64-linux-gnu-g++-11"
_TIDY = "$T/py/c/bin/clang-tidy --checks='bugprone-*,performance-*,clang-diagnostic-*' --warnings-as-errors='*' --quiet"
_TIDY_END = "src/util.cc -- -std=c++17 -Wall"
_MVN = "mvn -o -B -ntp -fae"
_POM = (("@JUPITER@", "5.10.2"), ("@SUREFIRE@", "3.2.5"), ("@COMPILER@", "3.11.0"), ("@RESOURCES@", "3.3.1"))
_LIBTEST = "RUSTC_BOOTSTRAP=1 cargo test --no-fail-fast --offline -- -Zunstable-options --format json --show-output >$OUT 2>/dev/null"
_CC, _DD = (("NODE", "c"),), (("NODE", "d"),)


def _bin(name: str) -> str:
    return f"node_modules/.bin/{name}"


#: Known tools: other versions, other projects.
VERSIONS = (
    Case("h-pytest-9", "pytest", "py_bank", f"{_C}pytest {_JSON}", "pytest_json"),
    Case("h-pytest-9-short", "pytest", "py_bank", f"{_C}pytest -q --tb=short --color=yes {_JSON}", "pytest_json", forge="gitlab"),
    Case("h-pytest-6", "pytest", "py_bank", f"{_D}pytest -o pythonpath= -vv --tb=auto {_JSON}", "pytest_json", env=(("PYTHONPATH", "lib"),)),
    Case("h-ruff-17", "ruff", "py_types", f"{_C}ruff check --no-cache --select E,F,B,N,S", "ruff_json", f"{_C}ruff check --no-cache --select E,F,B,N,S --output-format json >$OUT"),
    Case("h-ruff-17-concise", "ruff", "py_syntax", f"{_C}ruff check --no-cache --output-format concise", "ruff_json", f"{_C}ruff check --no-cache --output-format json >$OUT", "gitlab"),
    Case("h-mypy-2", "mypy", "py_types", f"{_C}mypy tools", "mypy_json", f"{_C}mypy --output json tools >$OUT"),
    Case("h-eslint-9-ts", "eslint", "ts_web", f"{_bin('eslint')} .", "eslint_json", f"{_bin('eslint')} . -f json -o $OUT", env=_CC),
    Case("h-tsc-59", "tsc", "ts_web", f"{_bin('tsc')} -p . --pretty", "pairs_json", "node diagnose.js", "gitlab", env=_CC),
    Case("h-jest-30", "jest", "js_queue", f"{_bin('jest')} jest/ --ci --json --outputFile=$OUT", "script_tests_json", env=_CC),
    Case("h-vitest-3", "vitest", "js_queue", f"{_bin('vitest')} run --reporter=default --reporter=json --outputFile.json=$OUT", "script_tests_json", forge="gitlab", env=_CC),
    Case("h-go-125", "go", "go_queue", f"{_GO} test -count=1 . ./cmd/...", "go_json", f"{_GO} test -count=1 -json . ./cmd/... >$OUT"),
    Case("h-go-125-build", "go", "go_queue", f"{_GO} test -buildvcs=false ./pkg/...", "go_build_json", f"{_GO} test -buildvcs=false -json ./pkg/... >$OUT", "gitlab"),
    Case("h-cargo-workspace", "cargo", "rust_ws", "cargo test --workspace --no-fail-fast --offline", "libtest_json", _LIBTEST),
    Case("h-cargo-clippy-all", "cargo", "rust_pedantic", "cargo clippy --offline --all-targets -- -D warnings", "cargo_json", "cargo clippy --offline --all-targets --message-format=json -- -D warnings >$OUT 2>/dev/null", "gitlab"),
    Case("h-g++-11", "gcc", "cpp_tidy", f"{_GPP} -std=c++17 -Wall -Iinclude -c src/util.cc -o /dev/null; {_GPP} -Iinclude -c src/buffer.cc -o /dev/null", "gcc_json", f"{_GPP} -std=c++17 -Wall -fdiagnostics-format=json -Iinclude -c src/util.cc -o /dev/null 2>$OUT; {_GPP} -fdiagnostics-format=json -Iinclude -c src/buffer.cc -o /dev/null 2>>$OUT"),
    Case("h-maven-modules", "maven", "mvn_multi", f"{_MVN} test", "surefire_xml", "cat $(find . -name 'TEST-*.xml') >$OUT", replace=_POM),
)  # fmt: skip

#: Tools that no parser was written for.
OTHERS = (
    Case("h-flake8", "flake8", "py_types", f"{_C}flake8 tools", "places_raw", f"{_C}flake8 --format='%(path)s\t%(row)d' tools >$OUT"),
    Case("h-pylint", "pylint", "py_types", f"{_C}pylint tools", "pylint_json", f"{_C}pylint -f json tools >$OUT", "gitlab"),
    Case("h-pyright", "pyright", "py_types", f"{_bin('pyright')} tools", "pyright_json", f"{_bin('pyright')} --outputjson tools >$OUT", env=_DD),
    Case("h-bandit", "bandit", "py_types", f"{_C}bandit -q -r tools", "bandit_json", f"{_C}bandit -q -r -f json tools >$OUT", "gitlab"),
    Case("h-yamllint", "yamllint", "texts", f"{_C}yamllint deploy", "yamllint_raw", f"{_C}yamllint -f parsable deploy >$OUT"),
    Case("h-nose2", "nose2", "py_docs", f"{_C}nose2 --plugin nose2.plugins.junitxml --junit-xml --junit-xml-path $OUT", "nose_xml"),
    Case("h-doctest", "doctest", "py_docs", f"{_C}python -m doctest shapes.py", "pairs_json", f"{_C}python lines.py", "gitlab"),
    Case("h-mocha-11", "mocha", "js_queue", f"{_bin('mocha')} mocha", "mocha_json", f"{_bin('mocha')} --reporter json mocha >$OUT", env=_DD),
    Case("h-node-test-spec", "node-test", "js_queue", "node --test --test-reporter=spec nodetest/queue.test.js", "pairs_json", "node --test --test-reporter=./nodetest/report.cjs nodetest/queue.test.js", env=_DD),
    Case("h-node-test-tap", "node-test", "js_queue", "node --test --test-reporter=tap nodetest/queue.test.js", "pairs_json", "node --test --test-reporter=./nodetest/report.cjs nodetest/queue.test.js", "gitlab", env=_DD),
    Case("h-stylelint-16", "stylelint", "texts", f"{_bin('stylelint')} 'css/**/*.css'", "stylelint_json", f"{_bin('stylelint')} -f json 'css/**/*.css' -o $OUT", env=_DD),
    Case("h-biome-2", "biome", "ts_web", f"{_bin('biome')} lint --max-diagnostics=200 packages", "biome_json", f"{_bin('biome')} lint --max-diagnostics=200 --reporter=json packages >$OUT 2>/dev/null", "gitlab", env=_DD),
    Case("h-oxlint", "oxlint", "ts_web", f"{_bin('oxlint')} --deny-warnings packages", "oxlint_json", f"{_bin('oxlint')} --deny-warnings -f json packages >$OUT", env=_DD),
    Case("h-markdownlint", "markdownlint", "texts", f"{_bin('markdownlint')} docs", "markdownlint_json", f"{_bin('markdownlint')} --json docs 2>$OUT", "gitlab", env=_DD),
    Case("h-shellcheck-gcc", "shellcheck", "texts", "$T/deb/usr/bin/shellcheck -f gcc scripts/build.sh scripts/ci/run.sh", "shellcheck_json", "$T/deb/usr/bin/shellcheck -f json scripts/build.sh scripts/ci/run.sh >$OUT"),
    Case("h-shellcheck", "shellcheck", "texts", "$T/deb/usr/bin/shellcheck scripts/build.sh scripts/ci/run.sh", "shellcheck_json", "$T/deb/usr/bin/shellcheck -f json scripts/build.sh scripts/ci/run.sh >$OUT", "gitlab"),
    Case("h-clang-tidy", "clang-tidy", "cpp_tidy", f"{_TIDY} {_TIDY_END}", "tidy_raw", f"{_TIDY} --export-fixes=$OUT {_TIDY_END}"),
    Case("h-javac", "javac", "java_plain", "javac -d /tmp/none $(find src -name '*.java')", "javac_raw", "javac -XDrawDiagnostics -d /tmp/none $(find src -name '*.java') 2>$OUT", "gitlab"),
)  # fmt: skip

_E, _EE = "$T/py/e/bin/", (("NODE", "e"),)
_GCC_ANALYZE = "gcc -fanalyzer -Wall -Wshadow -Werror -c src/leak.c -o /dev/null"

#: Recorded after the first reading of the others had been mended; nothing was mended for these.
LAST = (
    Case("l-pytest-80", "pytest", "py_freight", f"{_E}python -m pytest -v --durations=2 t {_JSON}", "pytest_json"),
    Case("l-pytest-80-short", "pytest", "py_freight", f"{_E}python -m pytest -q --tb=short t {_JSON}", "pytest_json", forge="gitlab"),
    Case("l-ruff-13", "ruff", "py_freight", f"{_E}ruff check --no-cache --select ALL --ignore D,ANN,S101 freight", "ruff_json", f"{_E}ruff check --no-cache --select ALL --ignore D,ANN,S101 --output-format json freight >$OUT"),
    Case("l-mypy-118", "mypy", "py_freight", f"{_E}mypy --strict freight", "mypy_json", f"{_E}mypy --strict --output json freight >$OUT", "gitlab"),
    Case("l-pylint-3", "pylint", "py_freight", f"{_E}pylint --output-format=colorized freight", "pylint_json", f"{_E}pylint -f json freight >$OUT"),
    Case("l-pycodestyle", "pycodestyle", "py_freight", f"{_E}pycodestyle --show-source freight", "places_raw", f"{_E}pycodestyle --format='%(path)s\t%(row)d' freight >$OUT", "gitlab"),
    Case("l-cpplint", "cpplint", "cpp_lint", f"{_E}cpplint --recursive src", "cpplint_xml", f"{_E}cpplint --recursive --output=junit src 2>$OUT"),
    Case("l-gcc-analyzer", "gcc", "cpp_lint", _GCC_ANALYZE, "gcc_json", f"{_GCC_ANALYZE} -fdiagnostics-format=json 2>$OUT", "gitlab"),
    Case("l-eslint-9", "eslint", "js_board", f"{_bin('eslint')} app", "eslint_json", f"{_bin('eslint')} app -f json -o $OUT", env=_EE),
    Case("l-jshint", "jshint", "js_board", f"{_bin('jshint')} app", "checkstyle_xml", f"{_bin('jshint')} --reporter=checkstyle app >$OUT", "gitlab", env=_EE),
    Case("l-htmlhint", "htmlhint", "js_board", f"{_bin('htmlhint')} site", "htmlhint_json", f"{_bin('htmlhint')} --format json site >$OUT", env=_EE),
    Case("l-tsc-54", "tsc", "js_board", f"{_bin('tsc')} -p .", "pairs_json", "node diagnose.js", "gitlab", env=_EE),
    Case("l-jest-28", "jest", "js_board", f"{_bin('jest')} --ci spec --json --outputFile=$OUT", "script_tests_json", env=_EE),
    Case("l-vitest-4", "vitest", "js_board", f"{_bin('vitest')} run -c v.config.mjs --reporter=verbose --reporter=json --outputFile.json=$OUT", "script_tests_json", forge="gitlab", env=_EE),
    Case("l-mocha-9", "mocha", "js_board", f"{_bin('mocha')} checks", "mocha_json", f"{_bin('mocha')} --reporter json checks >$OUT", env=_EE),
)  # fmt: skip

HELD_OUT: tuple[Case, ...] = tuple(evolve(case, held=True) for case in (*VERSIONS, *OTHERS, *LAST))
