using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace IoTStream.Kafka.Tests.Peers;

/// <summary>
/// librdkafka's mock cluster: brokers in this process on free loopback ports, with groups. It takes transactions, but shows what was aborted; what
/// needs more is tested against a real cluster.
/// </summary>
internal sealed unsafe class MockCluster : IDisposable
{
    private readonly nint _client;
    private readonly nint _cluster;
    private bool _isDisposed;

    /// <summary>Starts it. If librdkafka is missing the test is ignored.</summary>
    public MockCluster(int brokers = 3)
    {
        NativeClient.Require();
        byte* error = stackalloc byte[512];
        nint configuration = ((delegate* unmanaged<nint>)NativeClient.Export("rd_kafka_conf_new"))();
        Set(configuration, "log_level", "0");
        _client = ((delegate* unmanaged<int, nint, byte*, nuint, nint>)NativeClient.Export("rd_kafka_new"))(0, configuration, error, 512);
        _client.Should().NotBe(0, "{0}", Marshal.PtrToStringUTF8((nint)error));
        _cluster = ((delegate* unmanaged<nint, int, nint>)NativeClient.Export("rd_kafka_mock_cluster_new"))(_client, brokers);
        BootstrapServers = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint, nint>)NativeClient.Export("rd_kafka_mock_cluster_bootstraps"))(_cluster))!;
        ((delegate* unmanaged<nint, int, void>)NativeClient.Export("rd_kafka_mock_group_initial_rebalance_delay_ms"))(_cluster, 100);
    }

    public string BootstrapServers { get; }

    public KafkaCluster Options => new(BootstrapServers);

    /// <summary>Creates a topic.</summary>
    public MockCluster Topic(string name, int partitions)
    {
        nint text = Marshal.StringToCoTaskMemUTF8(name);
        int code = ((delegate* unmanaged<nint, nint, int, int, int>)NativeClient.Export("rd_kafka_mock_topic_create"))(_cluster, text, partitions, 1);
        Marshal.FreeCoTaskMem(text);
        code.Should().Be(0);
        return this;
    }

    /// <summary>The next requests of a kind are answered with these errors.</summary>
    /// <param name="request">The number of the request, as the protocol has it: 0 is Produce, 1 Fetch, 22 InitProducerId, 26 EndTxn.</param>
    /// <param name="errors">The errors, one a request.</param>
    public void Fail(short request, params ErrorCode[] errors)
    {
        int[] codes = [.. errors.Select(static error => (int)error)];
        fixed (int* first = codes)
        {
            ((delegate* unmanaged<nint, short, nuint, int*, void>)NativeClient.Export("rd_kafka_mock_push_request_errors_array"))(_cluster, request, (nuint)codes.Length, first);
        }
    }

    /// <summary>Takes a broker down, so that it neither listens nor keeps its connections.</summary>
    public void Down(int broker) => ((delegate* unmanaged<nint, int, int>)NativeClient.Export("rd_kafka_mock_broker_set_down"))(_cluster, broker).Should().Be(0);

    public void Up(int broker) => ((delegate* unmanaged<nint, int, int>)NativeClient.Export("rd_kafka_mock_broker_set_up"))(_cluster, broker).Should().Be(0);

    /// <summary>Has another broker lead a partition.</summary>
    public void Lead(string topic, int partition, int broker)
    {
        nint text = Marshal.StringToCoTaskMemUTF8(topic);
        int code = ((delegate* unmanaged<nint, nint, int, int, int>)NativeClient.Export("rd_kafka_mock_partition_set_leader"))(_cluster, text, partition, broker);
        Marshal.FreeCoTaskMem(text);
        code.Should().Be(0);
    }

    /// <summary>Has another broker coordinate a group or a writer of transactions.</summary>
    /// <param name="kind">What it is: <c>group</c> or <c>transaction</c>.</param>
    /// <param name="name">Its identifier.</param>
    /// <param name="broker">The broker.</param>
    public void Coordinate(string kind, string name, int broker)
    {
        nint kindText = Marshal.StringToCoTaskMemUTF8(kind);
        nint nameText = Marshal.StringToCoTaskMemUTF8(name);
        int code = ((delegate* unmanaged<nint, nint, nint, int, int>)NativeClient.Export("rd_kafka_mock_coordinator_set"))(_cluster, kindText, nameText, broker);
        Marshal.FreeCoTaskMem(kindText);
        Marshal.FreeCoTaskMem(nameText);
        code.Should().Be(0);
    }

    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            ((delegate* unmanaged<nint, void>)NativeClient.Export("rd_kafka_mock_cluster_destroy"))(_cluster);
            ((delegate* unmanaged<nint, void>)NativeClient.Export("rd_kafka_destroy"))(_client);
        }
    }

    private static void Set(nint configuration, string name, string value)
    {
        nint key = Marshal.StringToCoTaskMemUTF8(name);
        nint text = Marshal.StringToCoTaskMemUTF8(value);
        ((delegate* unmanaged<nint, nint, nint, byte*, nuint, int>)NativeClient.Export("rd_kafka_conf_set"))(configuration, key, text, null, 0);
        Marshal.FreeCoTaskMem(key);
        Marshal.FreeCoTaskMem(text);
    }
}
