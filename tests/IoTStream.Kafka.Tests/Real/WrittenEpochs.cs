using System.Buffers;
using IoTStream.Connectors;

namespace IoTStream.Kafka.Tests.Real;

/// <summary>One job's view of a sink, whose epochs a test writes by hand.</summary>
internal sealed class WrittenEpochs(IOutboxSink<string> sink)
{
    private readonly SinkContext _context = new("written", "sink", 0, TimeProvider.System, Guid.NewGuid());

    public async Task<IOutboxWriter<string>> OpenAsync() => await sink.OpenOutboxAsync(_context, CancellationToken.None);

    public async Task ApplyAsync(IOutboxWriter<string> writer, long epoch, string record)
    {
        var records = new RecordBuffer<string>();
        records.Add(DateTime.UnixEpoch.Ticks, record, new SourcePartition("source", 0, "source").Origin);
        var outbox = new ArrayBufferWriter<byte>();
        writer.Encode(new SinkBatch<string>(records), outbox);
        await writer.ApplyAsync(epoch, new ReadOnlySequence<byte>(outbox.WrittenMemory), CancellationToken.None);
    }
}
