# The two commands: `make run` and `make test`. Both do all of their own set-up.
PYTHON ?= python3

.PHONY: help run test faults assets bench format

help:
	@echo "make run     serve the helpdesk with its demo shop at http://127.0.0.1:8000"
	@echo "make test    run every check and test   (ARGS='--only lint,unit' for some of them)"
	@echo "make faults  kill, cut and starve a running helpdesk in every way of the list, some 10 minutes"
	@echo "make assets  set up packages and static files, and start nothing"
	@echo "make bench   measure sums of time, clocks, tickets, orders, key presses, chat, feeds (BENCH_TICKETS, BENCH_ORDERS=1000000: a million too)"
	@echo "make format  put the Python code into its usual form"

run:
	@$(PYTHON) scripts/run.py

test:
	@$(PYTHON) scripts/test.py $(ARGS)

faults:
	@$(PYTHON) scripts/test.py --only every-fault $(if $(ARGS),-- $(ARGS))

assets:
	@$(PYTHON) scripts/bootstrap.py

bench:
	@$(PYTHON) scripts/test.py --only bench

format:
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .
