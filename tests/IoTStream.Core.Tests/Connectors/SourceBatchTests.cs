using IoTStream.Connectors;

namespace IoTStream.Core.Tests.Connectors;

public sealed class SourceBatchTests
{
    private static readonly SourcePartition Partition = new("source", 0, "only");
    private static readonly RecordHeaders Headers = new(new RecordHeader("name", "value"));

    [Test]
    public void Records_with_and_without_headers_keep_their_own_origins()
    {
        var batch = new SourceBatch<int>(8, Partition);
        batch.Add(1);
        batch.Add(2, Headers);
        batch.Add(3);
        batch.GetSpan()[0] = 4;
        batch.Advance(1);
        batch.Add(5, RecordHeaders.Empty);

        batch.Origins![..5].Select(static origin => origin.Headers)
            .Should().Equal(RecordHeaders.Empty, Headers, RecordHeaders.Empty, RecordHeaders.Empty, RecordHeaders.Empty);
    }

    [Test]
    public void Either_all_records_have_a_timestamp_or_none()
    {
        var batch = new SourceBatch<int>(8, Partition);
        batch.Add(1, DateTimeOffset.UnixEpoch, Headers);

        batch.Invoking(static b => b.Add(2)).Should().Throw<InvalidOperationException>();
        batch.Invoking(static b => b.Add(2, Headers)).Should().Throw<InvalidOperationException>();
        batch.Invoking(static b => b.Advance(1)).Should().Throw<InvalidOperationException>();
        batch.Count.Should().Be(1);
    }
}
