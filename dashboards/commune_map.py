"""The map of communes: markers on a background that no request to the internet is made for.

Grafana's own base layers (default, carto, osm-standard, esri-xyz, and xyz with an empty URL) all ask a tile server.
A layer of type `geojson` may be the base layer, too, and asks Grafana itself for one file:
docs/decisions/0013-grafana.md.
"""

from grafana_foundation_sdk.models import common, geomap

from dashboards.panel import NO_DATA

BACKGROUND = "public/maps/mangrove.geojson"  # below Grafana's folder of static files; see config/grafana/grafana.ini
_CLOSEST = 11  # zoom at which a single commune still shows where it is


def options(layer: str, *, status: str, title: str, lat: str, lon: str) -> geomap.Options:
    """Return the panel's options; the parameters name the layer and the columns of the query."""
    return geomap.Options(
        view=geomap.MapViewConfig(
            id_val=geomap.MapCenterID.FIT, all_layers=False, layer=layer, padding=10, zoom=_CLOSEST
        ),
        controls=geomap.ControlsOptions(
            show_zoom=False, mouse_wheel_zoom=True, show_attribution=False, show_scale=True, show_debug=False
        ),
        basemap=background(),
        layers=[
            common.MapLayerOptions(
                type_val="markers",
                name=layer,
                config={
                    "showLegend": True,
                    "style": {
                        "color": {"field": status, "fixed": NO_DATA},
                        "opacity": 1,
                        "size": {"fixed": 11, "min": 6, "max": 15},
                        "symbol": {"mode": "fixed", "fixed": "img/icons/marker/circle.svg"},
                        "text": {"mode": "field", "field": title, "fixed": ""},
                        "textConfig": {
                            "fontSize": 12,
                            "offsetX": 0,
                            "offsetY": -14,
                            "textAlign": "center",
                            "textBaseline": "bottom",
                        },
                    },
                },
                location=common.FrameGeometrySource(
                    mode=common.FrameGeometrySourceMode.COORDS, latitude=lat, longitude=lon
                ),
                tooltip=True,
            )
        ],
        tooltip=geomap.TooltipOptions(mode=geomap.TooltipMode.DETAILS),
    )


def background() -> common.MapLayerOptions:
    """Return the base layer, which grafana.ini also names as the default of every other map."""
    style = {"color": {"fixed": "#5B6B82"}, "opacity": 0.25, "lineWidth": 1}
    return common.MapLayerOptions(
        type_val="geojson", name="Mangrove", config={"src": BACKGROUND, "rules": [], "style": style}, tooltip=False
    )
