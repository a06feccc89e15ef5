"""Links to the web as the site knows them: the ledger, marks of dead ones, those that pay."""
