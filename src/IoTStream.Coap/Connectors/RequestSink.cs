using System.Buffers;
using IoTStream.Connectors;

namespace IoTStream.Coap.Connectors;

/// <summary>What <see cref="CoapSink"/> describes.</summary>
internal sealed class RequestSink<T>(Func<T, Uri> resource, CoapClientOptions client, IEncoder<T> encoder, CoapSinkOptions options) : ISink<T>
{
    /// <summary>Opens a writer that sends at once.</summary>
    public ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new(new Writer(resource, encoder, options, Connect(context), new RequestMarks($"{Guid.NewGuid():N}/{context.Step}", options)));
    }

    /// <summary>Opens a writer that sends after commits.</summary>
    public ValueTask<IOutboxWriter<T>> OpenForEpochsAsync(SinkContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new(new EpochRequestWriter<T>(resource, encoder, options, Connect(context), new RequestMarks($"{context.EpochLog:N}/{context.Step}", options)));
    }

    private RequestFlow Connect(SinkContext context) => new(new CoapClient(client with { TimeProvider = context.TimeProvider }), options, context.TimeProvider);

    private sealed class Writer(Func<T, Uri> resource, IEncoder<T> encoder, CoapSinkOptions options, RequestFlow flow, RequestMarks marks) : ISinkWriter<T>
    {
        private readonly ArrayBufferWriter<byte> _payload = new();
        private long _number;

        public ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken) => flow.SendAsync(RequestsFor(batch), cancellationToken);

        public ValueTask FlushAsync(CancellationToken cancellationToken) => default;

        public ValueTask CompleteAsync(CancellationToken cancellationToken) => default;

        public ValueTask DisposeAsync() => flow.DisposeAsync();

        private IEnumerable<CoapRequest> RequestsFor(SinkBatch<T> batch)
        {
            for (int i = 0; i < batch.Count; i++)
            {
                T value = batch.Values.Span[i];
                _payload.ResetWrittenCount();
                encoder.Encode(value, _payload);
                var request = new CoapRequest { Uri = resource(value), Method = options.Method, ContentFormat = options.ContentFormat, Payload = _payload.WrittenSpan.ToArray() };
                yield return marks.Mark(request, epoch: 0, _number++);
            }
        }
    }
}
