using System.Globalization;
using System.Text;
using IoTStream.Coap.Messaging;
using IoTStream.Coap.Protocol;
using IoTStream.Coap.Tests.Messaging;

namespace IoTStream.Coap.Tests.Connectors;

/// <summary>
/// Devices send over a network that loses, doubles and reorders, to a job that commits epochs, dies between and in them, and is started again: what a device is told has been taken is there once, and nothing
/// is there twice.
/// </summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class RestartTests
{
    private const int Seeds = 1000;
    private const int Devices = 3;
    private const int RequestsOfDevice = 6;

    [Test]
    public async Task What_is_acknowledged_has_its_effect_once_whatever_becomes_of_the_process()
    {
        int answered = 0;
        int lost = 0;
        int crashes = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            await using var run = new Run(seed);
            await run.GoAsync();
            answered += run.Answered;
            lost += run.Lost;
            crashes += run.Crashes;
        }

        TestContext.Out.WriteLine($"{answered} answered, {lost} given up, {crashes} crashes.");
        crashes.Should().BeGreaterThan(Seeds);
        answered.Should().BeGreaterThan(lost);
    }

    private sealed class Run : IAsyncDisposable
    {
        private readonly int _seed;
        private readonly Random _random;
        private readonly SimulatedTime _time = new();
        private readonly SimulatedNetwork _network;
        private readonly SimulatedNetwork.Node _node;
        private readonly CoapTransmission _transmission;
        private readonly List<string> _committed = [];
        private CoapServer? _server;
        private OpenedSource<string>? _source;
        private byte[]? _position;
        private int _taken;
        private int _life;

        public Run(int seed)
        {
            _seed = seed;
            _random = new Random(seed);
            _network = new SimulatedNetwork(_time, _random)
            {
                Loss = _random.NextDouble() * 0.4,
                Doubling = _random.NextDouble() * 0.5,
                LongestDelay = TimeSpan.FromSeconds(_random.NextDouble() * _random.NextDouble() * 10),
            };
            _node = _network.Add(0);
            _transmission = new CoapTransmission { NStart = _random.Next(1, 4) };
        }

        public int Answered { get; private set; }

        public int Lost { get; private set; }

        public int Crashes { get; private set; }

        public async Task GoAsync()
        {
            await StartAsync();
            Dictionary<string, Asked> asked = Ask();
            TimeSpan end = TimeSpan.FromMinutes(3);
            while (_time.Elapsed < end)
            {
                _time.Advance(TimeSpan.FromSeconds(_random.NextDouble() * 4));
                switch (_random.Next(6))
                {
                    case 0:
                        await CrashAsync();
                        break;
                    case 1:
                        Commit(acknowledges: false);
                        await CrashAsync();
                        break;
                    default:
                        Commit(acknowledges: true);
                        break;
                }
            }

            Commit(acknowledges: true);
            _time.Advance(TimeSpan.FromMinutes(5));
            foreach ((string name, Asked request) in asked)
            {
                int count = _committed.Count(value => value == name);
                bool isTold = request.Answers.Exists(static answer => answer.Code == CoapCode.Changed);
                if (count > 1 || request.Answers.Count > 1 || (isTold && count != 1))
                {
                    Assert.Fail($"Seed {_seed}, request {name}: {count} effects, {request.Answers.Count} answers, {request.Loss}.");
                }

                Answered += isTold ? 1 : 0;
                Lost += isTold ? 0 : 1;
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _source!.DisposeAsync();
            await _server!.DisposeAsync();
        }

        private Dictionary<string, Asked> Ask()
        {
            var limits = new MessageLimits(Exchanges: 1000, Peers: 100, Waiting: 100, Requests: 100);
            var asked = new Dictionary<string, Asked>(StringComparer.Ordinal);
            for (int d = 1; d <= Devices; d++)
            {
                var device = new MessageLayer(_network.Add(d), _transmission, limits, _time, new Randomness((_seed * 10) + d), handler: null);
                device.Start();
                for (int i = 0; i < RequestsOfDevice; i++)
                {
                    string name = string.Create(CultureInfo.InvariantCulture, $"{d}/{i}");
                    var request = new Asked { Peer = _node.Address, Token = device.NewToken() };
                    asked[name] = request;
                    byte[] body = new byte[64];
                    var writer = new MessageWriter(body);
                    writer.Write(OptionNumber.UriPath, "numbers");
                    writer.WritePayload(Encoding.UTF8.GetBytes(name));
                    byte[] options = body[..writer.Length];
                    _time.After(TimeSpan.FromSeconds(_random.NextDouble() * 60), () => device.Send(request, MessageType.Confirmable, CoapCode.Post, options));
                }
            }

            return asked;
        }

        private async Task StartAsync()
        {
            _server = new CoapServer(new CoapServerOptions { TimeProvider = _time, Transmission = _transmission }, _node, new Randomness((_seed * 1000) + _life++));
            _source = await OpenedSource<string>.OpenAsync(_server.Source("numbers", Text.Codec), _time, static () => { }, _position);
            _taken = 0;
            _server.Listen();
        }

        private void Commit(bool acknowledges)
        {
            _source!.Read();
            _position = _source.Position();
            _committed.AddRange(_source.Values.Skip(_taken));
            _taken = _source.Values.Count;
            if (acknowledges)
            {
                _source.Acknowledge(_source.Items);
            }
        }

        private async Task CrashAsync()
        {
            Crashes++;
            _source!.Read();
            await _source.DisposeAsync();
            await _server!.DisposeAsync();
            _time.Advance(TimeSpan.FromSeconds(_random.NextDouble() * 5));
            await StartAsync();
        }
    }
}
