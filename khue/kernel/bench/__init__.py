"""`khue bench`: what a piece of work costs in CPU milliseconds, application and database together."""
