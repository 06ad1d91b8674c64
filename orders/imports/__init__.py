"""Files of orders: readers turn a format into `OrderData`, the runner brings it in and says what became of it."""
