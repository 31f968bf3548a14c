using System.Globalization;

namespace IoTStream.Kafka.Tests.ScaleOut;

/// <summary>What a <see cref="CountingTopology"/> has written.</summary>
internal static class CountingResults
{
    /// <summary>Each number has been counted once, and each count seen once in its group: state, input, output and what goes between shards belong to the same epochs.</summary>
    public static void ShouldBeThoseOf(IReadOnlyList<string> output, int numbers)
    {
        string[][] results = [.. output.Select(static text => text.Split(','))];
        int[][] counts = [.. results.Where(static result => result[0] == "count").Select(Numbers)];
        counts.Select(static count => count[0]).Order().Should().Equal(Enumerable.Range(0, numbers), "each number has its effect once");
        foreach (IGrouping<int, int[]> key in counts.GroupBy(static count => count[0] % CountingTopology.Keys))
        {
            key.Select(static count => count[1]).Order().Should().Equal(Enumerable.Range(1, key.Count()), "the count of key {0} has neither gaps nor repetitions", key.Key);
        }

        int[][] groups = [.. results.Where(static result => result[0] == "group").Select(Numbers)];
        groups.Should().HaveCount(numbers);
        foreach (IGrouping<int, int[]> group in groups.GroupBy(static group => group[0]))
        {
            group.Select(static seen => seen[1]).Order().Should().Equal(Enumerable.Range(1, group.Count()), "group {0} has seen each count once", group.Key);
        }
    }

    private static int[] Numbers(string[] result) => [.. result.Skip(1).Select(static number => int.Parse(number, CultureInfo.InvariantCulture))];
}
