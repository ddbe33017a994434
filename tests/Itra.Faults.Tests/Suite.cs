using Itra.Faults.Tests;

// Left out of a plain ./test: these take minutes. ./test --faults runs them.
[assembly: Trait("Category", "Faults")]
[assembly: AssemblyFixture(typeof(ReliabilityTable))]
