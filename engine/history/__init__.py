"""The sealed history: records appended in the transaction of the change, chained per log and per stream."""
