namespace IoTStream.Core.Tests.Oracle;

/// <summary>What came out of a case: the results of each key and window in their order, and the ids of the late records.</summary>
internal sealed record WindowOutcome(List<string> Results, List<int> Late, long Dropped)
{
    /// <summary>Sorts what has no order of its own: results of different keys and windows, and late records of different keys.</summary>
    public static WindowOutcome Of(IEnumerable<(string Key, long Start, string Text)> results, IEnumerable<int> late, long dropped) => new(
        [.. results
            .GroupBy(result => (result.Key, result.Start))
            .OrderBy(group => group.Key.Key, StringComparer.Ordinal).ThenBy(group => group.Key.Start)
            .SelectMany(group => group.Select(result => $"{result.Key} from {result.Start}: {result.Text}"))],
        [.. late.Order()],
        dropped);
}
