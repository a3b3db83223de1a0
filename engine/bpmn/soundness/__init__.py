"""What a diagram as a graph lets tokens do: joins that never open, processes that never end."""
