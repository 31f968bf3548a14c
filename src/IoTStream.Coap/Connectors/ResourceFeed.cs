using IoTStream.Coap.Client;
using IoTStream.Coap.Protocol;
using IoTStream.Connectors;
using MessageChannel = IoTStream.Coap.Messaging.MessageChannel;
using PeerAddress = IoTStream.Coap.Messaging.PeerAddress;

namespace IoTStream.Coap.Connectors;

/// <summary>Asks devices from one socket, and brings the states of their resources into a <see cref="SourceQueue{T}"/>.</summary>
internal sealed class ResourceFeed<T> : IAsyncDisposable
{
    private readonly IReadOnlyList<Uri> _resources;
    private readonly TimeSpan? _interval;
    private readonly CoapClient _client;
    private readonly CoapClientOptions _clientOptions;
    private readonly ResponseDecoder<T> _decoder;
    private readonly CoapObserveOptions _options;
    private readonly SourceMeter _meter;
    private readonly SemaphoreSlim _places;
    private Task _running = Task.CompletedTask;

    /// <param name="resources">What is asked.</param>
    /// <param name="interval">How often; null to observe.</param>
    /// <param name="client">How it is asked.</param>
    /// <param name="decoder">Makes records of states.</param>
    /// <param name="context">The job's side of the contract.</param>
    /// <param name="options">What else there is to say.</param>
    public ResourceFeed(IReadOnlyList<Uri> resources, TimeSpan? interval, CoapClientOptions client, ResponseDecoder<T> decoder, SourceContext context, CoapObserveOptions options)
    {
        _resources = resources;
        _interval = interval;
        _clientOptions = client with { TimeProvider = context.TimeProvider };
        _client = new CoapClient(_clientOptions);
        _decoder = decoder;
        _options = options;
        _meter = new SourceMeter(context.Step);
        _places = new SemaphoreSlim(options.MaximumInFlight);
        Queue = new SourceQueue<T>(context, options.Capacity) { Disposing = DisposeAsync };
    }

    public SourceQueue<T> Queue { get; }

    public void Start() => _running = RunAsync();

    public async ValueTask DisposeAsync()
    {
        await _running.ConfigureAwait(false);
        await _client.DisposeAsync().ConfigureAwait(false);
        _places.Dispose();
    }

    private async Task RunAsync()
    {
        await Task.WhenAll(_resources.Select(uri => _interval is { } interval ? PollAsync(uri, interval, Queue.Stopping) : ObserveAsync(uri, Queue.Stopping))).ConfigureAwait(false);
        Queue.Complete();
    }

    private async Task ObserveAsync(Uri uri, CancellationToken stopping)
    {
        TimeSpan retry = _options.RetryAtFirst;
        CoapRequest request = RequestFor(uri);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                (RequestTarget target, MessageChannel channel, PeerAddress peer) = await _client.FindAsync(request, stopping).ConfigureAwait(false);
                var observation = new Observation(
                    channel,
                    _clientOptions,
                    peer,
                    request,
                    target,
                    (response, failure, token) => TakeAsync(uri, response, failure, token),
                    _meter.CountOvertaken,
                    _options.RetryAtFirst,
                    _options.RetryAtMost);
                await observation.RunAsync(stopping).ConfigureAwait(false);
                retry = _options.RetryAtFirst;
            }
            catch (CoapException e)
            {
                // The name is not known, or there is no connection: maybe later.
                Fail(uri, e);
                retry = await WaitAsync(retry, stopping).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task PollAsync(Uri uri, TimeSpan interval, CancellationToken stopping)
    {
        CoapRequest request = RequestFor(uri);
        try
        {
            // Not all at once, neither now nor later.
            await Task.Delay(interval * Random.Shared.NextDouble(), _clientOptions.TimeProvider, stopping).ConfigureAwait(false);
            using var timer = new PeriodicTimer(interval, _clientOptions.TimeProvider);
            do
            {
                await _places.WaitAsync(stopping).ConfigureAwait(false);
                try
                {
                    CoapResponse response = await _client.SendAsync(request, stopping).ConfigureAwait(false);
                    await TakeAsync(uri, response, response.IsSuccess ? null : new CoapException($"{uri} has answered with {response.Code}: {response.Text}"), stopping).ConfigureAwait(false);
                }
                catch (CoapException e)
                {
                    Fail(uri, e);
                }
                finally
                {
                    _places.Release();
                }
            }
            while (await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The job stops.
        }
    }

    private CoapRequest RequestFor(Uri uri) => new() { Uri = uri, Accept = _options.Accept, IsConfirmable = _options.IsConfirmable };

    private async ValueTask TakeAsync(Uri uri, CoapResponse? response, CoapException? failure, CancellationToken cancellationToken)
    {
        if (failure is not null)
        {
            Fail(uri, failure);
            return;
        }

        var headers = new RecordHeaders(new RecordHeader(CoapHeaders.Path, uri.OriginalString));
        try
        {
            T value;
            try
            {
                value = _decoder(response!, uri);
            }
            catch (Exception reason)
            {
                await Queue.WriteDeadLetterAsync(response!.Payload.ToArray(), reason, headers, cancellationToken).ConfigureAwait(false);
                return;
            }

            await Queue.WriteAsync(value, headers, timestamp: null, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidOperationException) when (Queue.Stopping.IsCancellationRequested)
        {
            // The job ends without it.
        }
    }

    private void Fail(Uri uri, CoapException failure)
    {
        _meter.CountFailure();
        _options.OnFailure?.Invoke(uri, failure);
    }

    private async Task<TimeSpan> WaitAsync(TimeSpan retry, CancellationToken stopping)
    {
        await Task.Delay(retry * (0.5 + Random.Shared.NextDouble()), _clientOptions.TimeProvider, stopping).ConfigureAwait(false);
        return TimeSpan.FromTicks(Math.Min(retry.Ticks * 2, _options.RetryAtMost.Ticks));
    }
}
