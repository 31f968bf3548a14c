using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Epochs;

/// <summary>What some place of a job saw, lane by lane: records, and between them barriers.</summary>
/// <param name="Name">The place.</param>
/// <param name="Weight">How many times a record comes there; null if the place cannot say, for records wait before it in some state.</param>
internal sealed record EpochLog(string Name, Func<Item, int>? Weight)
{
    private readonly List<(Item? Item, long Epoch)>[] _lanes = [.. Enumerable.Range(0, 16).Select(_ => new List<(Item?, long)>())];

    public void Add(int lane, Item item) => _lanes[lane].Add((item, 0));

    public void Mark(int lane, long epoch) => _lanes[lane].Add((null, epoch));

    /// <summary>Exactly the records that the readers had handed out before an epoch's barrier came before it here.</summary>
    public void ShouldAgree(CompletedEpoch epoch)
    {
        if (Weight is not null)
        {
            Compare(epoch.Readers, Before(epoch.Number), $"that is epoch {epoch.Number} at '{Name}'");
        }
    }

    /// <summary>All records that the readers handed out came here.</summary>
    public void ShouldBeWhole(IReadOnlyList<ReaderCount> readers)
    {
        if (Weight is not null)
        {
            Compare(readers, Before(long.MaxValue), $"that is all that comes to '{Name}'");
        }
    }

    private void Compare(IReadOnlyList<ReaderCount> readers, IEnumerable<Item> found, string because)
    {
        Dictionary<Item, int> counts = found.CountBy(item => item).ToDictionary();
        Dictionary<Item, int> expected = readers.SelectMany(Expected).CountBy(item => item).ToDictionary();
        counts.Except(expected).Should().BeEmpty($"{because}, and no more");
        expected.Except(counts).Should().BeEmpty(because);
    }

    private IEnumerable<Item> Expected(ReaderCount reader) =>
        Enumerable.Range(0, (int)reader.Items)
            .Select(number => new Item(reader.Source, reader.Reader, number))
            .SelectMany(item => Enumerable.Repeat(item, Weight!(item)));

    private IEnumerable<Item> Before(long epoch) => _lanes
        .SelectMany(lane => lane.TakeWhile(entry => entry.Epoch != epoch))
        .Where(entry => entry.Item is not null)
        .Select(entry => entry.Item!.Value);
}
