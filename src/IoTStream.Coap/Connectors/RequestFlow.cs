namespace IoTStream.Coap.Connectors;

/// <summary>Sends requests, several at a time and those for one resource one after the other.</summary>
internal sealed class RequestFlow(CoapClient client, CoapSinkOptions options, TimeProvider time) : IAsyncDisposable
{
    private readonly RequestDelivery _delivery = new(client, options, time);

    /// <exception cref="CoapException">One is given up, and nobody wants to know of it.</exception>
    public async ValueTask SendAsync(IEnumerable<CoapRequest> requests, CancellationToken cancellationToken)
    {
        using var failing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var places = new SemaphoreSlim(options.MaximumInFlight);
        var last = new Dictionary<Uri, Task>();
        var all = new List<Task>();
        try
        {
            foreach (CoapRequest request in requests)
            {
                await places.WaitAsync(failing.Token).ConfigureAwait(false);
                Task sent = DeliverAsync(request, last.GetValueOrDefault(request.Uri), places, failing);
                last[request.Uri] = sent;
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
