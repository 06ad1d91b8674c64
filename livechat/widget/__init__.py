"""Chat and answers inside of shops' own pages: sites, visitors without a log-in, identity signed by the shop."""
