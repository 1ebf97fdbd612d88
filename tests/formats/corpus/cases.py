# ruff: noqa: E501
"""The runs that are recorded: which tool on which project, and how its machine output is got."""

from __future__ import annotations

from attrs import frozen


@frozen
class Case:
    """One run. ``command`` prints what people see; ``machine`` writes what machines read to ``$OUT`` (empty: the
    command does both). ``$T`` is the folder of the tools. ``held`` cases were recorded after the parsers were written.
    """

    name: str
    tool: str
    project: str
    command: str
    truth: str
    machine: str = ""
    forge: str = "github"
    held: bool = False
    env: tuple[tuple[str, str], ...] = ()
    replace: tuple[tuple[str, str], ...] = ()


_A, _B = "$T/py/a/bin/", "$T/py/b/bin/"
_JSON = "-p no:cacheprovider --json-report --json-report-file=$OUT"
_RUFF = "ruff check --no-cache"
_ESLINT = "node node_modules/eslint/bin/eslint.js"
_JEST = "node node_modules/jest/bin/jest.js --ci --json --outputFile=$OUT"
_JEST_JUNIT = f"JEST_JUNIT_OUTPUT_FILE=$OUT.junit JEST_JUNIT_ADD_FILE_ATTRIBUTE=true {_JEST} --reporters=default --reporters=jest-junit"
_VITEST = "node node_modules/vitest/vitest.mjs run --reporter=default --reporter=json --outputFile.json=$OUT"
_VITEST_JUNIT = f"{_VITEST} --reporter=junit --outputFile.junit=$OUT.junit"
_TSC = "node node_modules/typescript/bin/tsc --noEmit"
_GO = "$T/py/go-1.22.10/bin/go"
_GO_NEW = "$T/py/go-1.25.5/bin/go"
_GCC_JSON = ">$OUT 2>&1 EXTRA='-Werror -fdiagnostics-format=json'"
_CLANG = "LD_LIBRARY_PATH=$T/deb/usr/lib/x86_64-linux-gnu $T/deb/usr/lib/llvm-14/bin/clang"
_LIBCLANG = "$T/py/clang/bin/python $T/py/clang/diagnose.py"
_MVN = "mvn -o -B -ntp"
_POM = (("@JUPITER@", "5.10.2"), ("@SUREFIRE@", "3.2.5"), ("@COMPILER@", "3.11.0"), ("@RESOURCES@", "3.3.1"))
_JAVAC = "javac -XDrawDiagnostics -d /tmp/none $(find src -name '*.java') 2>$OUT"
_LIBTEST = "RUSTC_BOOTSTRAP=1 cargo test --no-fail-fast --offline -- -Zunstable-options --format json --show-output >$OUT 2>/dev/null"
_AST = (
    "$T/py/a/bin/python -c \"import ast, json\ntry: ast.parse(open('src/bad.py').read())\n"
    "except SyntaxError as e: print(json.dumps([['src/bad.py', e.lineno]]))\" >$OUT"
)
_COLOR = (("FORCE_COLOR", "1"),)

DEVELOPED = (
    Case("pytest-8-long", "pytest", "py_shop", f"{_A}pytest {_JSON}", "pytest_json"),
    Case("pytest-8-short", "pytest", "py_shop", f"{_A}pytest -q --tb=short {_JSON}", "pytest_json", forge="gitlab"),
    Case("pytest-8-native", "pytest", "py_shop", f"{_A}pytest --tb=native", "pytest_json", f"{_A}pytest {_JSON}"),
    Case("pytest-8-line", "pytest", "py_shop", f"{_A}pytest --tb=line", "pytest_json", f"{_A}pytest {_JSON}", "gitlab"),
    Case("pytest-8-color", "pytest", "py_shop", f"{_A}pytest -v --color=yes {_JSON}", "pytest_json", forge="gitlab"),
    Case("pytest-8-xdist", "pytest", "py_shop", f"{_A}pytest -n 2 -rA {_JSON}", "pytest_json"),
    Case("pytest-8-collect", "pytest", "py_collect", f"{_A}pytest {_JSON}", "pytest_json"),
    Case("pytest-8-locals", "pytest", "py_shop", f"{_A}pytest -l -vv --durations=3 {_JSON}", "pytest_json"),
    Case("pytest-7-long", "pytest", "py_shop", f"{_B}pytest {_JSON}", "pytest_json", forge="gitlab"),
    Case("pytest-7-short", "pytest", "py_shop", f"{_B}pytest --tb=short {_JSON}", "pytest_json"),
    Case("pytest-7-collect", "pytest", "py_collect", f"{_B}pytest -q {_JSON}", "pytest_json", forge="gitlab"),
    Case("unittest-verbose", "unittest", "py_unit", f"{_A}python run.py discover -v", "unittest_json"),
    Case("unittest-quiet", "unittest", "py_unit", f"{_A}python run.py discover", "unittest_json", forge="gitlab"),
    Case("unittest-buffer", "unittest", "py_unit", f"{_A}python run.py discover -b -f", "unittest_json"),
    Case("ruff-08-concise", "ruff", "py_lint", f"{_A}{_RUFF} --output-format concise", "ruff_json", f"{_A}{_RUFF} --output-format json >$OUT"),
    Case("ruff-08-full", "ruff", "py_lint", f"{_A}{_RUFF}", "ruff_json", f"{_A}{_RUFF} --output-format json >$OUT", "gitlab", env=_COLOR),
    Case("ruff-08-grouped", "ruff", "py_lint", f"{_A}{_RUFF} --output-format grouped", "ruff_json", f"{_A}{_RUFF} --output-format json >$OUT"),
    Case("ruff-04-full", "ruff", "py_lint", f"{_B}{_RUFF}", "ruff_json", f"{_B}{_RUFF} --output-format json >$OUT", "gitlab"),
    Case("ruff-08-syntax", "ruff", "py_syntax", f"{_A}{_RUFF}", "ruff_json", f"{_A}{_RUFF} --output-format json >$OUT"),
    Case("mypy-13", "mypy", "py_lint", f"{_A}mypy src", "mypy_json", f"{_A}mypy --output json src >$OUT"),
    Case("mypy-13-pretty", "mypy", "py_lint", f"{_A}mypy --pretty --show-error-context src", "mypy_json", f"{_A}mypy --output json src >$OUT", "gitlab", env=(("MYPY_FORCE_COLOR", "1"),)),
    Case("mypy-13-columns", "mypy", "py_lint", f"{_A}mypy --show-column-numbers --show-error-end src", "mypy_json", f"{_A}mypy --output json src >$OUT"),
    Case("mypy-13-syntax", "mypy", "py_syntax", f"{_A}mypy src/bad.py src/good.py", "pairs_json", _AST),
    Case("eslint-9-stylish", "eslint", "js_lint", f"{_ESLINT} .", "eslint_json", f"{_ESLINT} . -f json -o $OUT", env=(("NODE", "a"),)),
    Case("eslint-9-color", "eslint", "js_lint", f"{_ESLINT} --color src", "eslint_json", f"{_ESLINT} src -f json -o $OUT", "gitlab", env=(("NODE", "a"),)),
    Case("eslint-9-warnings", "eslint", "js_lint", f"{_ESLINT} --max-warnings 0 src/warn src/clean.js", "eslint_json", f"{_ESLINT} src/warn src/clean.js -f json -o $OUT", env=(("NODE", "a"),)),
    Case("eslint-8-unix", "eslint", "js_lint", f"{_ESLINT} --no-eslintrc -c .eslintrc.json -f unix src", "eslint_json", f"{_ESLINT} src -f json -o $OUT", env=(("NODE", "b"), ("ESLINT_USE_FLAT_CONFIG", "false"))),
    Case("eslint-8-compact", "eslint", "js_lint", f"{_ESLINT} -f compact src", "eslint_json", f"{_ESLINT} src -f json -o $OUT", "gitlab", env=(("NODE", "b"), ("ESLINT_USE_FLAT_CONFIG", "false"))),
    Case("tsc-56", "tsc", "ts_app", f"{_TSC} --pretty false", "pairs_json", "node diagnose.js", env=(("NODE", "a"),)),
    Case("tsc-56-pretty", "tsc", "ts_app", f"{_TSC} --pretty", "pairs_json", "node diagnose.js", "gitlab", env=(("NODE", "a"),)),
    Case("tsc-49", "tsc", "ts_app", f"{_TSC}", "pairs_json", "node diagnose.js", env=(("NODE", "b"),)),
    Case("jest-29", "jest", "js_jest", _JEST_JUNIT, "script_tests_json", env=(("NODE", "a"),)),
    Case("jest-29-color", "jest", "js_jest", f"{_JEST} --colors --verbose", "script_tests_json", forge="gitlab", env=(("NODE", "a"),)),
    Case("jest-27", "jest", "js_jest", _JEST, "script_tests_json", env=(("NODE", "b"),)),
    Case("vitest-2", "vitest", "js_vitest", _VITEST_JUNIT, "script_tests_json", env=(("NODE", "a"),)),
    Case("vitest-2-github", "vitest", "js_vitest", _VITEST.replace("=default", "=github-actions"), "script_tests_json", env=(("NODE", "a"), ("GITHUB_ACTIONS", "true"))),
    Case("vitest-1-color", "vitest", "js_vitest", _VITEST.replace("json", "junit"), "vitest_xml", forge="gitlab", env=(("NODE", "b"), ("FORCE_COLOR", "1"))),
    Case("go-122", "go", "go_calc", f"{_GO} test ./...", "go_json", f"{_GO} test -json ./... >$OUT"),
    Case("go-122-verbose", "go", "go_calc", f"{_GO} test -v ./...", "go_json", f"{_GO} test -json ./... >$OUT", "gitlab"),
    Case("go-122-one", "go", "go_calc", f"{_GO} test ./store/ -run Helper", "go_json", f"{_GO} test -json ./store/ -run Helper >$OUT"),
    Case("go-122-build", "go", "go_broken", f"{_GO} build -buildvcs=false ./...", "go_build_json", f"{_GO_NEW} build -buildvcs=false -json ./... >$OUT", "gitlab"),
    Case("go-122-test-build", "go", "go_broken", f"{_GO} test ./util", "go_build_json", f"{_GO_NEW} test -json ./util >$OUT"),
    Case("go-122-vet", "go", "go_broken", f"{_GO} vet ./vetted", "go_vet_json", f"{_GO} vet -json ./vetted 2>$OUT"),
    Case("cargo-test", "cargo", "rust_shop", "cargo test --no-fail-fast --offline", "libtest_json", _LIBTEST),
    Case("cargo-test-color", "cargo", "rust_shop", "cargo test --offline --color always -- --color always", "libtest_json", _LIBTEST.replace("--no-fail-fast ", ""), "gitlab"),
    Case("cargo-build", "cargo", "rust_broken", "cargo build --offline", "cargo_json", "cargo build --offline --message-format=json >$OUT 2>/dev/null"),
    Case("cargo-build-color", "cargo", "rust_broken", "cargo check --offline --color always", "cargo_json", "cargo check --offline --message-format=json >$OUT 2>/dev/null", "gitlab"),
    Case("cargo-build-short", "cargo", "rust_broken", "cargo build --offline --message-format=short", "cargo_json", "cargo build --offline --message-format=json >$OUT 2>/dev/null"),
    Case("cargo-clippy", "cargo", "rust_lints", "cargo clippy --offline -- -D warnings", "cargo_json", "cargo clippy --offline --message-format=json -- -D warnings >$OUT 2>/dev/null", "gitlab"),
    Case("gcc-12-make", "gcc", "c_app", "make -k EXTRA=-Werror", "gcc_json", f"make -k {_GCC_JSON}"),
    Case("gcc-12-color", "gcc", "c_app", "make -k EXTRA='-fdiagnostics-color=always'", "gcc_json", "make -k >$OUT 2>&1 EXTRA='-fdiagnostics-format=json'", "gitlab"),
    Case("g++-12", "gcc", "cpp_app", "g++ -std=c++17 -Wall -c src/main.cpp -o /dev/null", "gcc_json", "g++ -std=c++17 -Wall -fdiagnostics-format=json -c src/main.cpp -o /dev/null 2>$OUT"),
    Case("clang-14", "gcc", "c_app", f"{_CLANG} -fsyntax-only -Wall -Wextra -Werror main.c lib/other.c", "clang_json", f"{_LIBCLANG} -Wall -Wextra -Werror -- main.c lib/other.c"),
    Case("clang-14-color", "gcc", "cpp_app", f"{_CLANG} -x c++ -std=c++17 -fsyntax-only -fcolor-diagnostics src/main.cpp", "clang_json", f"{_LIBCLANG} -std=c++17 -- src/main.cpp", "gitlab"),
    Case("maven-surefire-325", "maven", "mvn_calc", f"{_MVN} test", "surefire_xml", "cat target/surefire-reports/*.xml >$OUT", replace=_POM),
    Case("maven-surefire-color", "maven", "mvn_calc", "mvn -o -ntp -Dstyle.color=always -DtrimStackTrace=true test", "surefire_xml", "cat target/surefire-reports/*.xml >$OUT", "gitlab", replace=_POM),
    Case("maven-compile", "maven", "mvn_broken", f"{_MVN} compile", "javac_raw", _JAVAC, replace=_POM),
)  # fmt: skip
