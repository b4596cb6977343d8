import fc from 'fast-check';

// CI judges a change. So its property tests try the same cases each time: what fails there, the
// change broke. Everywhere else each run tries new cases.
fc.configureGlobal({ seed: 20_261_129 });
