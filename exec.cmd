@rem The scripts of package.json begin with "exec", so that a signal for npm reaches Node and not a
@rem shell in between. Windows has no exec; there npm finds this one, which runs what follows.
@%*
