# make test   everything, as CI runs it
# make race   the packages in which requests meet, under the race detector
# make bench  every figure of docs/performance.md

.PHONY: test install format vet unit faults race js bench

test: install format vet unit faults race js

install:
	./.ci/install

format:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "not gofmt-ed:"; echo "$$unformatted"; exit 1; fi

vet:
	go vet ./...

# -count=1: a test that met the outside world is not taken from the cache. The longest
# begin first, so that none of them runs alone at the end.
LONGEST = ./store/postgres ./e2e ./sdk/watch ./store/sqlite ./server

unit:
	go test -count=1 -timeout 15m $(LONGEST) $$(go list ./... | grep -v /faults$$)
	go test -count=1 -tags libcrypto ./platform
	go test -count=1 -tags libcrypto -run Alipay ./api

# By itself: it puts the machine under load, and other tests would only wait.
faults:
	go test -count=1 -timeout 12m ./faults

# The SQLite engine is under what these do; its own suite is five minutes of one processor here.
race:
	go test -count=1 -race -short -timeout 12m . ./payment/... ./issuing/... ./access/... ./outbox/... ./presence/... ./api/... ./till/...

js:
	node --test sdk/js/ web/

# Half an hour; QUICK=1 make bench takes a few minutes and says only that it works.
bench: install
	./bench/figures.sh
