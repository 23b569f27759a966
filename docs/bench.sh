#!/usr/bin/env bash
# Measures, and writes docs/performance.md. Figures vary with the machine and
# its load; the ratios are taken within one run.
set -euo pipefail
cd "$(dirname "$0")/.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

go test -run '^$' -bench . -benchmem -count 7 -benchtime 0.2s . >"$tmp/root"
go test -run '^$' -bench . -benchmem -count 7 -benchtime 0.2s ./live | sed 's/^BenchmarkResolve/BenchmarkLive/' >>"$tmp/root"

seconds() { # the shortest of three runs of a command
	local best=
	for _ in 1 2 3; do
		local from to
		from=$(date +%s%N)
		# What fails is soon done, and no measure of anything.
		"$@" >/dev/null 2>"$tmp/said" || { echo "bench: $* failed:" && cat "$tmp/said"; kill $$; exit 1; } >&2
		to=$(date +%s%N)
		if [ -z "$best" ] || [ $((to - from)) -lt "$best" ]; then best=$((to - from)); fi
	done
	awk -v n="$best" 'BEGIN { printf "%.1f", n / 1e9 }'
}
page() { "$tmp/gen" report --out "$tmp/page"; }
suite() { go test -count=1 ./...; }
refresh() { rm -rf "$tmp/cache"; HF_REGISTRY_PATH=$tmp/registrydata XDG_CACHE_HOME=$tmp/cache "$tmp/gen" sync --all --as-of "$AS_OF"; }
compile() { go build -gcflags="-trimpath=$tmp/$RANDOM" .; } # a new flag compiles this package again, and no other
generate() { HF_HUB_OFFLINE=1 go generate ./...; }

cat >"$tmp/without.go" <<'GO'
package main

func main() { println("") }
GO
go build -o "$tmp/without" "$tmp/without.go"
go build -o "$tmp/with" ./testdata/linked
go build -o "$tmp/command" ./cmd/hfmodels
go build -o "$tmp/gen" ./gen
cp -r registrydata "$tmp/registrydata"
(cd examples && go build -o "$tmp/embed" ./embed && go build -o "$tmp/live" ./resolve)
size() { wc -c <"$1"; }

# Start to end of each program, the shortest of 300 runs, taken in turn.
programs=("$tmp/without" "$tmp/embed" "$tmp/live" "$tmp/command default bert")
shortest=()
for _ in $(seq 300); do
	for i in "${!programs[@]}"; do
		from=${EPOCHREALTIME/./}
		USE_STATIC_REGISTRY=1 ${programs[i]} >/dev/null 2>&1
		took=$((${EPOCHREALTIME/./} - from))
		if [ -z "${shortest[i]:-}" ] || [ "$took" -lt "${shortest[i]}" ]; then shortest[i]=$took; fi
	done
done
start() { # of one of them, against that of the empty one
	awk -v n="${shortest[$1]}" -v empty="${shortest[0]}" 'BEGIN { printf "%.1f ms, %.2f of the empty one", n / 1000, n / empty }'
}

{
	cat <<'MD'
# Performance

Written by `make bench`; not edited by hand.

## Lookups

The fastest of seven runs, which other work on the machine disturbs least. The map is `map[string]Arch` with the exact
names, in the same run; `exact` asks by the names as transformers writes them, `styled` by other case and separators.
`JSONAtStart` decodes the same answers from JSON, which a program would pay once at start. `Live` is
`live.Resolver.Resolve` of an architecture that was asked for before.

MD
	awk '
		/^cpu:/ { sub(/^cpu: /, ""); cpu = $0 }
		/^Benchmark/ {
			name = $1; sub(/^Benchmark\/?/, "", name); sub(/-[0-9]+$/, "", name)
			if (!(name in best)) order[++k] = name
			if (!(name in best) || $3 + 0 < best[name]) best[name] = $3 + 0
			allocs[name] = $7
		}
		END {
			print "| benchmark | ns | against the map | allocations |"
			print "|---|---:|---:|---:|"
			for (i = 1; i <= k; i++) printf "| %s | %.1f | %.2f | %d |\n", order[i], best[order[i]], best[order[i]] / best["ParseArch/map"], allocs[order[i]]
			printf "\nOn %s.\n", cpu
		}' "$tmp/root"
	echo
	echo "## Size and build"
	echo
	echo "| what | figure |"
	echo "|---|---:|"
	echo "| compiling the root package alone | $(seconds compile) s |"
	echo "| an empty program | $(size "$tmp/without") bytes |"
	echo "| a program that looks up a default | $(size "$tmp/with") bytes |"
	echo "| a program that resolves live | $(size "$tmp/live") bytes |"
	echo "| init functions of ours in the one with a default (\`go tool nm\`) | $(go tool nm "$tmp/with" | grep -cE 'github.com/hfmodels/hfmodels\.(\.inittask|init)' || true) |"
	echo "| start to end of the empty program | $(awk -v n="${shortest[0]}" 'BEGIN { printf "%.1f ms", n / 1000 }') |"
	echo "| of one that looks up a default, \`examples/embed\` | $(start 1) |"
	echo "| of one that resolves live with requests switched off, \`examples/resolve\` | $(start 2) |"
	echo "| of \`hfmodels default bert\` | $(start 3) |"
	echo "| the \`hfmodels\` command | $(size "$tmp/command") bytes |"
	echo "| \`go generate ./...\` from committed facts, generator built before | $(seconds generate) s |"
	echo "| \`gen report\` | $(seconds page) s |"
	echo "| the page, \`index.html\` | $(size "$tmp/page/index.html") bytes |"
	echo "| \`go test ./...\`, nothing cached | $(seconds suite) s |"
	if [ -n "${HF_ENDPOINT:-}" ] && [ -n "${AS_OF:-}" ]; then
		echo "| \`gen sync --all\` from a recorded Hub on the same machine | $(seconds refresh) s |"
	fi
	echo
	echo "## Lines of Go written by hand"
	echo
	echo "| package | code | tests |"
	echo "|---|---:|---:|"
	go list -f '{{.Dir}} {{.ImportPath}}' ./... | while read -r dir name; do
		name=${name#github.com/hfmodels/hfmodels}
		code=$(find "$dir" -maxdepth 1 -name '*.go' ! -name '*_test.go' ! -name '*_gen.go' -exec cat {} + | wc -l)
		tests=$(find "$dir" -maxdepth 1 -name '*_test.go' ! -name '*_gen_test.go' -exec cat {} + | wc -l)
		echo "| \`${name#/}\` | $code | $tests |" | sed 's/`` /the root package /'
	done
	echo
	echo "$(go version | cut -d' ' -f3,4)."
} >"$tmp/performance.md"
mv "$tmp/performance.md" docs/performance.md
