"""SPL, the search language: one reader for everybody (`reader`, `arguments`, `expression`, `condition`, `conf`), and an
emulator of the part that the dashboards use (`emulator`)."""
