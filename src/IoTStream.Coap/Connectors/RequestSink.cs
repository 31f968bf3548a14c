using System.Buffers;
using IoTStream.Connectors;

namespace IoTStream.Coap.Connectors;

/// <summary>What <see cref="CoapSink"/> describes.</summary>
internal sealed class RequestSink<T>(Func<T, Uri> resource, CoapClientOptions client, IEncoder<T> encoder, CoapSinkOptions options) : ISink<T>
{
    public ValueTask<ISinkWriter<T>> OpenAsync(SinkContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        CoapClientOptions used = client with { TimeProvider = context.TimeProvider };
        return new(new Writer(resource, new CoapClient(used), encoder, options, context.TimeProvider));
    }

    private sealed class Writer(Func<T, Uri> resource, CoapClient client, IEncoder<T> encoder, CoapSinkOptions options, TimeProvider time) : ISinkWriter<T>
    {
        private readonly ArrayBufferWriter<byte> _payload = new();
        private readonly RequestDelivery _delivery = new(client, options, time);

        public async ValueTask WriteAsync(SinkBatch<T> batch, CancellationToken cancellationToken)
        {
            using var failing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            using var places = new SemaphoreSlim(options.MaximumInFlight);
            var last = new Dictionary<Uri, Task>();
            var all = new List<Task>(batch.Count);
            try
            {
                for (int i = 0; i < batch.Count; i++)
                {
                    T value = batch.Values.Span[i];
                    _payload.ResetWrittenCount();
                    encoder.Encode(value, _payload);
                    Uri uri = resource(value);
                    var request = new CoapRequest { Uri = uri, Method = options.Method, ContentFormat = options.ContentFormat, Payload = _payload.WrittenSpan.ToArray() };
                    await places.WaitAsync(failing.Token).ConfigureAwait(false);
                    Task sent = DeliverAsync(request, last.GetValueOrDefault(uri), places, failing);
                    last[uri] = sent;
                    all.Add(sent);
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // One has failed, and says why below.
            }
            finally
            {
                await Task.WhenAll(all).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            cancellationToken.ThrowIfCancellationRequested();
            if (all.Find(static task => task.IsFaulted) is { } failed)
            {
                await failed.ConfigureAwait(false);
            }
        }

        public ValueTask FlushAsync(CancellationToken cancellationToken) => default;

        public ValueTask CompleteAsync(CancellationToken cancellationToken) => default;

        public ValueTask DisposeAsync() => client.DisposeAsync();

        private async Task DeliverAsync(CoapRequest request, Task? before, SemaphoreSlim places, CancellationTokenSource failing)
        {
            try
            {
                if (before is not null)
                {
                    await before.ConfigureAwait(false);
                }

                await _delivery.DeliverAsync(request, failing.Token).ConfigureAwait(false);
            }
            catch (CoapException)
            {
                await failing.CancelAsync().ConfigureAwait(false);
                throw;
            }
            finally
            {
                places.Release();
            }
        }
    }
}
