using IoTStream.Core.Tests.Support;
using IoTStream.State;

namespace IoTStream.Core.Tests.State;

[Parallelizable(ParallelScope.All)]
public class TimedListTests
{
    [Test]
    public void A_list_follows_a_window_that_slides() => Property.Holds(
        random => random.Next(),
        seed =>
        {
            var random = new Random(seed);
            int length = random.Next(1, 20);
            var slices = new Queue<(TimedList<string> List, (long Time, string Value)[] Values)>();
            var window = new TimedList<string>();
            for (int i = 0; i < 60; i++)
            {
                (TimedList<string> List, (long Time, string Value)[] Values) slice = Slice(random, i * 100);
                slices.Enqueue(slice);
                window.Merge(slice.List);
                if (slices.Count > length)
                {
                    window.Subtract(slices.Dequeue().List);
                }
            }

            (long Time, string Value)[] expected = [.. slices.SelectMany(slice => slice.Values).OrderBy(pair => pair.Time)];
            window.Times.ToArray().Should().Equal(expected.Select(pair => pair.Time));
            window.Values.ToArray().Should().Equal(expected.Select(pair => pair.Value));
        });

    [Test]
    public void A_window_that_slides_needs_no_new_memory()
    {
        const int Length = 10;
        TimedList<double>[] slices = [.. Enumerable.Range(0, 1000).Select(_ => new TimedList<double>())];
        for (int i = 0; i < 100_000; i++)
        {
            slices[i / 100].Add(i, i);
        }

        var window = new TimedList<double>();
        long before = 0;
        for (int i = 0; i < slices.Length; i++)
        {
            window.Merge(slices[i]);
            if (i >= Length)
            {
                window.Subtract(slices[i - Length]);
            }

            if (i == 2 * Length)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(1000);
        window.Count.Should().Be(1000);
    }

    private static (TimedList<string> List, (long Time, string Value)[] Values) Slice(Random random, long start)
    {
        // Many with the same timestamp, and stragglers near and far.
        var list = new TimedList<string>();
        (long Time, string Value)[] values = [.. Enumerable.Range(0, random.Next(150)).Select(index => (start + random.NextInt64(100), $"{start}-{index}"))];
        foreach ((long time, string value) in values)
        {
            list.Add(time, value);
        }

        return (list, values);
    }
}
