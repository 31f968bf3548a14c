using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Dsl;

[Parallelizable(ParallelScope.All)]
public class AwkwardFunctionTests
{
    [Test]
    public async Task A_hash_function_that_throws_fails_the_job_and_names_the_step()
    {
        var builder = new TopologyBuilder("hash");
        builder.From("in", Enumerable.Range(0, 100))
            .WithEventTime(n => (long)n, Watermarks.Monotonous())
            .KeyBy(n => n, key => key == 50 ? throw new FormatException("no hash") : key, "by-number")
            .Window(Tumbling.Of(TimeSpan.FromSeconds(1)), AllowedLateness.None)
            .Aggregate("count", Aggregates.Count<int>(), ErrorPolicy.Skip)
            .ForEach("out", _ => { });

        JobFailedException failure = await builder.Build().FailAsync(new JobOptions { Lanes = 2 });

        failure.Step.Should().Be("by-number");
        failure.InnerException.Should().BeOfType<FormatException>();
    }

    [Test]
    public async Task A_result_sequence_that_fails_is_disposed()
    {
        int disposed = 0;
        IEnumerable<int> Results(int n)
        {
            try
            {
                yield return n;
                throw new FormatException("the rest is broken");
            }
            finally
            {
                disposed++;
            }
        }

        List<int> results = [];
        var builder = new TopologyBuilder("results");
        builder.From("in", new[] { 1, 2, 3 }).SelectMany(n => new Handle(Results(n), () => disposed++), ErrorPolicy.Skip).ForEach("out", results.Add);

        await builder.Build().RunAsync(new JobOptions { Lanes = 1 });

        results.Should().Equal(1, 2, 3);
        disposed.Should().Be(6, "each sequence ends by its failure, and what wraps it is disposed too");
    }

    /// <summary>A sequence whose enumerator, unlike an iterator's, does not end by itself when it throws.</summary>
    private sealed class Handle(IEnumerable<int> inner, Action disposed) : IEnumerable<int>
    {
        public IEnumerator<int> GetEnumerator() => new Enumerator(inner.GetEnumerator(), disposed);

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();

        private sealed class Enumerator(IEnumerator<int> inner, Action disposed) : IEnumerator<int>
        {
            public int Current => inner.Current;

            object System.Collections.IEnumerator.Current => Current;

            public bool MoveNext() => inner.MoveNext();

            public void Reset() => inner.Reset();

            public void Dispose()
            {
                inner.Dispose();
                disposed();
            }
        }
    }
}
