using IoTStream.Mqtt;

namespace SmartCity;

/// <summary>What is run, as the command line says.</summary>
internal sealed record CityOptions
{
    public int Sensors { get; init; } = 10_000;

    /// <summary>The MQTT connections that the sensors share.</summary>
    public int Connections { get; init; } = 20;

    /// <summary>The quality of service with which readings are published and received.</summary>
    public MqttQualityOfService QualityOfService { get; init; } = MqttQualityOfService.AtMostOnce;

    /// <summary>Whether connections are encrypted: with the embedded broker by a certificate that is made for the run.</summary>
    public bool Tls { get; init; }

    /// <summary>How often a sensor reports, in event time.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The length of a window, in event time.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the fleet reports, on the wall clock.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How many times faster than the wall clock event time is to run.</summary>
    public double Speedup { get; init; } = 60;

    /// <summary>The mean speed, in km/h, below which a window brings an alert.</summary>
    public double SlowBelow { get; init; } = 20;

    /// <summary>The lanes of the job. One is enough for this load, and leaves the other cores to broker and fleet.</summary>
    public int Lanes { get; init; } = 1;

    /// <summary>The broker, or null for one in this process.</summary>
    public BrokerAddress? Broker { get; init; }

    /// <summary>The files to replay; none for live traffic.</summary>
    public IReadOnlyList<string> Replay { get; init; } = [];

    public OutputFolder Output { get; init; } = OutputFolder.Default;

    /// <summary>The file that the summary is written to as JSON, if any.</summary>
    public string? Summary { get; init; }

    /// <summary>Whether there is a live table on the console.</summary>
    public bool Ui { get; init; }

    /// <summary>How long the last messages may make no progress before the rest counts as lost.</summary>
    public TimeSpan SettleTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many times the message of a number is handed to the network; tests lose and repeat messages with it.</summary>
    public Func<long, int> Copies { get; init; } = static _ => 1;
}

/// <summary>Where a broker listens.</summary>
internal sealed record BrokerAddress(string Host, int Port);
