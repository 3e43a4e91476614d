"""A bank's own work on its cases (经办): who handles them, what is noted, what a second officer has to approve."""
