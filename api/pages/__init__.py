"""The pages: what people see of the farm in a browser, rendered here, complete without scripts."""
