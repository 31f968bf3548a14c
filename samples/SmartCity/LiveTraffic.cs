using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Mqtt;
using IoTStream.Mqtt.Broker;
using IoTStream.Runtime;
using SmartCity.Accounting;
using SmartCity.Simulation;
using SmartCity.Traffic;

namespace SmartCity;

/// <summary>The traffic of now: a fleet of sensors publishes it over MQTT, the pipeline subscribes to it.</summary>
internal sealed class LiveTraffic : IFeed
{
    private const int SpareConnections = 100;
    private readonly CityOptions _options;
    private readonly Ledger _ledger;
    private readonly Audit _audit;
    private readonly TimeProvider _clock;
    private readonly MqttBroker? _embedded;
    private readonly MqttClientOptions _broker;
    private readonly FleetPlan _plan;

    // Other runs on the same broker must not get into the accounts of this one.
    private readonly string _topic = $"city/{Guid.NewGuid():N}";

    private readonly TestAuthority? _authority;

    private LiveTraffic(CityOptions options, Ledger ledger, Audit audit, TimeProvider clock, MqttBroker? embedded, TestAuthority? authority)
    {
        _options = options;
        _ledger = ledger;
        _audit = audit;
        _clock = clock;
        _embedded = embedded;
        _authority = authority;
        _broker = new MqttClientOptions
        {
            Host = options.Broker?.Host ?? "127.0.0.1",
            Port = embedded?.Port ?? options.Broker?.Port,
            Tls = options.Tls ? new MqttTlsOptions { Authorities = authority is null ? null : [authority.Certificate] } : null,
        };
        _plan = new FleetPlan(options, _topic);
    }

    public TimeSpan OutOfOrderness => _plan.Timetable.OutOfOrderness;

    public string Description =>
        $"{_options.Sensors:N0} sensors report over {_options.Connections:N0} connections to {(_embedded is null ? "" : "the embedded broker at ")}{_broker}.";

    public long StartedAt { get; private set; }

    public static async Task<LiveTraffic> OpenAsync(CityOptions options, Ledger ledger, Audit audit, TimeProvider clock, CancellationToken cancellationToken)
    {
        // With the embedded broker both ends of each connection are in this process.
        OpenFiles.Permit(options.Connections * (options.Broker is null ? 2L : 1L));
        if (options.Broker is not null)
        {
            return new LiveTraffic(options, ledger, audit, clock, embedded: null, authority: null);
        }

        TestAuthority? authority = options.Tls ? new TestAuthority(clock) : null;
        var broker = new MqttBrokerOptions
        {
            Port = 0,
            SlowConsumerPolicy = SlowConsumerPolicy.Backpressure,
            TimeProvider = clock,
            MaxConnections = options.Connections + SpareConnections,
            MaxSessions = options.Connections + SpareConnections,
            Tls = authority is null ? null : new MqttBrokerTls { ServerCertificate = authority.ServerCertificate },
        };
        return new LiveTraffic(options, ledger, audit, clock, await MqttBroker.StartAsync(broker, cancellationToken), authority);
    }

    public DataStream<Reading> Readings(TopologyBuilder city) => city.From(
        "sensors", MqttSource.Subscribe($"{_topic}/+/+", _broker, Json.Of(CityJson.Default.Reading), _options.QualityOfService));

    public async Task RunAsync(Job job, CancellationToken stopping)
    {
        // A job that fails takes no more; without this, the fleet would wait for room for ever.
        using var giveUp = new CancellationTokenSource();
        _ = job.Completion.ContinueWith(_ => giveUp.CancelAsync(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).Unwrap();

        // The job has started, so its subscription stands: nothing that is published from here on goes to nobody.
        await using Uplinks uplinks = await Uplinks.ConnectAsync(_broker, _options.Connections, _options.QualityOfService, stopping);
        var fleet = new Fleet(_plan, uplinks, _ledger, _clock);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        end.CancelAfter(_options.Duration);
        await fleet.RunAsync(end.Token, giveUp.Token);
        StartedAt = fleet.StartedAt;
        await SettleAsync(giveUp.Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (_embedded is not null)
        {
            await _embedded.DisposeAsync();
        }

        _authority?.Dispose();
    }

    /// <summary>Waits until everything that was published has arrived, or nothing more comes.</summary>
    private async Task SettleAsync(CancellationToken giveUp)
    {
        TimeSpan pause = TimeSpan.FromMilliseconds(10);
        long received = -1;
        long lastProgress = _clock.GetTimestamp();
        while (_audit.Tally.Received is var now && now < _ledger.Total && _clock.GetElapsedTime(lastProgress) < _options.SettleTime)
        {
            if (now != received)
            {
                (received, lastProgress) = (now, _clock.GetTimestamp());
            }

            await Task.Delay(pause, _clock, giveUp);
        }
    }
}
