namespace IoTStream.Testing;

/// <summary>Runs a test under many schedules, lanes, batch sizes and queue capacities, and says which of them it fails under.</summary>
public static class Exploration
{
    private const int MostListed = 10;

    /// <summary>Runs a test many times, each time with the options that <see cref="TestJobOptions.FromSeed"/> draws from the next seed.</summary>
    /// <param name="runs">How many times.</param>
    /// <param name="test">The test: makes its sources, sinks and topology anew, runs them with the options, and throws if something is wrong.</param>
    /// <param name="firstSeed">The seed of the first run.</param>
    /// <exception cref="TestJobException">The test threw. The message has the seed and the options, the inner exception is the cause.</exception>
    public static void Run(int runs, Action<TestJobOptions> test, int firstSeed = 0)
    {
        ArgumentNullException.ThrowIfNull(test);
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1);
        for (int run = 0; run < runs; run++)
        {
            var options = TestJobOptions.FromSeed(firstSeed + run);
            try
            {
                test(options);
            }
            catch (Exception exception)
            {
                throw Failure(options, exception);
            }
        }
    }

    /// <summary>As <see cref="Run"/>, for tests that await.</summary>
    /// <param name="runs">How many times.</param>
    /// <param name="test">The test.</param>
    /// <param name="firstSeed">The seed of the first run.</param>
    /// <exception cref="TestJobException">The test threw. The message has the seed and the options, the inner exception is the cause.</exception>
    public static async Task RunAsync(int runs, Func<TestJobOptions, Task> test, int firstSeed = 0)
    {
        ArgumentNullException.ThrowIfNull(test);
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1);
        for (int run = 0; run < runs; run++)
        {
            var options = TestJobOptions.FromSeed(firstSeed + run);
            try
            {
                await test(options).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                throw Failure(options, exception);
            }
        }
    }

    /// <summary>Runs the same input many times as <see cref="Run"/> does, and expects the same records each time, in whatever order.</summary>
    /// <param name="runs">How many times.</param>
    /// <param name="expected">The records that are expected; how often one occurs matters, compared by its equality.</param>
    /// <param name="run">Runs the input with the options and returns what came out.</param>
    /// <param name="firstSeed">The seed of the first run.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    /// <exception cref="TestJobException">The output differs, or a run threw. The message has the seed, the options and the difference.</exception>
    public static void Compare<T>(int runs, IEnumerable<T> expected, Func<TestJobOptions, IEnumerable<T>> run, int firstSeed = 0)
        where T : notnull
    {
        ArgumentNullException.ThrowIfNull(run);
        T[] all = [.. expected];
        Run(
            runs,
            options =>
            {
                if (Difference(all, run(options)) is { } difference)
                {
                    throw new TestJobException(difference, options);
                }
            },
            firstSeed);
    }

    /// <summary>What is missing and what is too much, as text; null if nothing is.</summary>
    private static string? Difference<T>(T[] expected, IEnumerable<T> actual)
        where T : notnull
    {
        var missing = expected.CountBy(static record => record).ToDictionary();
        List<T> unexpected = [];
        foreach (T record in actual)
        {
            if (missing.TryGetValue(record, out int count) && count > 0)
            {
                missing[record] = count - 1;
            }
            else
            {
                unexpected.Add(record);
            }
        }

        List<T> left = [.. missing.SelectMany(static pair => Enumerable.Repeat(pair.Key, pair.Value))];
        return left.Count + unexpected.Count == 0
            ? null
            : $"The output differs from what is expected. Missing: {Listed(left)}. Not expected: {Listed(unexpected)}.";
    }

    private static string Listed<T>(List<T> records) => records.Count switch
    {
        0 => "none",
        <= MostListed => string.Join(", ", records),
        _ => $"{string.Join(", ", records.Take(MostListed))} and {records.Count - MostListed} more",
    };

    /// <summary>A test job's exception names its options already: they are these, and are not said twice.</summary>
    private static TestJobException Failure(TestJobOptions options, Exception exception) => exception is TestJobException known
        ? new TestJobException($"Seed {options.Seed}: {known.Reason}", options, known.InnerException)
        : new TestJobException($"Seed {options.Seed}: {exception.Message}", options, exception);
}
