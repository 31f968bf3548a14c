using System.Buffers;
using System.Buffers.Binary;
using IoTStream.Connectors;

namespace IoTStream.Core.Tests.Durability;

/// <summary>An exactly-once sink whose target outlives jobs: it can be told to fail before or after it has applied an epoch.</summary>
internal sealed class MemoryOutboxSink : IOutboxSink<int>
{
    private readonly Lock _lock = new();
    private readonly List<int> _applied = [];
    private readonly Dictionary<Guid, long> _last = [];

    /// <summary>Called before an epoch is applied, and after.</summary>
    public Action<string> On { get; set; } = static _ => { };

    /// <summary>Called with each record that is encoded.</summary>
    public Action<int> OnEncode { get; set; } = static _ => { };

    /// <summary>What a sink waits for when it has applied an epoch, whatever is cancelled; null for nothing.</summary>
    public TaskCompletionSource? Applying { get; init; }

    public IReadOnlyList<int> Applied
    {
        get
        {
            lock (_lock)
            {
                return [.. _applied];
            }
        }
    }

    public Delivery Delivery { get; init; } = Delivery.ExactlyOnce;

    public ValueTask<ISinkWriter<int>> OpenAsync(SinkContext context, CancellationToken cancellationToken) => new(new PlainWriter(this));

    public ValueTask<IOutboxWriter<int>> OpenOutboxAsync(SinkContext context, CancellationToken cancellationToken) => new(new Writer(this, context.EpochLog!.Value));

    private sealed class PlainWriter(MemoryOutboxSink sink) : ISinkWriter<int>
    {
        public ValueTask WriteAsync(SinkBatch<int> batch, CancellationToken cancellationToken)
        {
            lock (sink._lock)
            {
                sink._applied.AddRange(batch.Values.Span);
            }

            return default;
        }

        public ValueTask FlushAsync(CancellationToken cancellationToken) => default;

        public ValueTask CompleteAsync(CancellationToken cancellationToken) => default;

        public ValueTask DisposeAsync() => default;
    }

    private sealed class Writer(MemoryOutboxSink sink, Guid log) : IOutboxWriter<int>
    {
        public void Encode(SinkBatch<int> batch, IBufferWriter<byte> outbox)
        {
            foreach (int value in batch.Values.Span)
            {
                sink.OnEncode(value);
                BinaryPrimitives.WriteInt32LittleEndian(outbox.GetSpan(sizeof(int)), value);
                outbox.Advance(sizeof(int));
            }
        }

        public ValueTask<long> GetLastEpochAsync(CancellationToken cancellationToken)
        {
            sink.Delivery.Should().Be(Delivery.ExactlyOnce, "nobody else is asked");
            lock (sink._lock)
            {
                return new(sink._last.GetValueOrDefault(log));
            }
        }

        public ValueTask ApplyAsync(long epoch, ReadOnlySequence<byte> outbox, CancellationToken cancellationToken)
        {
            sink.On("apply");
            byte[] bytes = outbox.ToArray();
            lock (sink._lock)
            {
                epoch.Should().BeGreaterThan(sink._last.GetValueOrDefault(log), "an epoch is applied once, in order");
                sink._last[log] = epoch;
                for (int i = 0; i < bytes.Length; i += sizeof(int))
                {
                    sink._applied.Add(BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(i)));
                }
            }

            sink.On("applied");
            return sink.Applying is { } applying ? new(applying.Task) : default;
        }

        public ValueTask DisposeAsync() => default;
    }
}
